import { localBrokersIn } from './local-brokers.ts'

/**
 * A process that owns local brokers, for tests that end it without warning: `node local-owner.ts STATE_DIR BROKERS`.
 * Prints one JSON line when the brokers are ready or cannot be started, and then stays until it is killed.
 */
const [stateDir = '', brokers = '3'] = process.argv.slice(2)
const local = localBrokersIn(stateDir, 'local-owner')
try {
  const started = await local.start({
    brokers: Number(brokers),
    fresh: false,
    lifetime: 'owner',
    onProgress: text => console.error(text),
  })
  console.log(JSON.stringify(started))
} catch (failure) {
  console.log(JSON.stringify({ failure: String(failure) }))
  process.exit(1)
}
process.stdin.resume()
