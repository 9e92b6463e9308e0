SELECT name, last_heard FROM source
