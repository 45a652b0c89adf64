/** `node web/dev/mock-server.ts [scenario] [port]`: the built dashboard on made-up figures, to work on its looks. */
import { startMockApi } from '../../test/support/mock-api.ts'
import type { Scenario } from '../../test/support/mock-figures.ts'

const [scenario = 'busy', port = '7410'] = process.argv.slice(2)
const { url } = await startMockApi({ scenario: scenario as Scenario, port: Number(port) })
console.log(`${url} (${scenario})`)
