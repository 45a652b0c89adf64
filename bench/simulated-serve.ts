import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { tempFolder } from '../test/support/temp-folder.ts'

/**
 * `lanekeeper serve --simulated` with 20 brokers, in a process of its own, from the moment on which its page can be opened.
 * `preload`: a module that runs in it first and may tell what it sees by messages.
 */
export const serveSimulated = async (
  partitions: number,
  preload?: string,
): Promise<{ readonly url: string; readonly server: ChildProcess }> => {
  const server = spawn(
    process.execPath,
    [
      ...(preload === undefined ? [] : ['--import', preload]),
      join(import.meta.dirname, '..', 'src', 'main.ts'),
      'serve',
      '--simulated',
      '--simulated-brokers',
      '20',
      '--simulated-partitions',
      String(partitions),
      '--port',
      '0',
      '--state-dir',
      tempFolder('simulated'),
    ],
    { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] },
  )
  const [url] = (await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ]
  return { url, server }
}
