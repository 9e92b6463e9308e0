-- In a simulation each entry has a name by its content, not by chance: so its messages get the same responses each
-- time.
CREATE OR REPLACE FUNCTION rehearsed_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.uid := md5(concat_ws(E'\x1f', NEW.customer_id, NEW.journey, NEW.key, NEW.entry_message_id))::uuid;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER rehearsed_name BEFORE INSERT ON enrollment FOR EACH ROW EXECUTE FUNCTION rehearsed_name()
