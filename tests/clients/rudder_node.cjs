// Plays the story with RudderStack's client for Node: node rudder_node.cjs API KEY USER STORY
const RudderAnalytics = require('@rudderstack/rudder-sdk-node')
const [api, writeKey, userId, story] = process.argv.slice(2)
const told = require(story)
const Client = RudderAnalytics.default || RudderAnalytics
const client = new Client(writeKey, { dataPlaneUrl: api, errorHandler: (error) => { console.error(error); process.exitCode = 1 } })
client.identify({ userId, traits: told.traits })
client.track({ userId, event: 'Product Added', properties: told.added })
client.track({ userId, event: 'Order Completed', properties: told.ordered })
client.track({ userId, event: 'Product Stock Changed', properties: told.stock })
client.page({ userId, name: 'Cart' })
client.group({ userId, groupId: 'g1', traits: { name: 'Lovers of pizza' } })
client.alias({ userId, previousId: 'k0' })
client.flush().then(() => process.exit())
