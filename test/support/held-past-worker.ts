/**
 * A thread in the place of past-worker.ts that answers nothing while a file is there: a read that takes as long as a test
 * wants. What it answers is the name that it was asked about; "none" is not kept, of "bad" the file cannot be read, and
 * "dead" ends the thread.
 */
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { PastQuestion } from '../../src/runtime/history/answer-past.ts'
import type { FromPastThread } from '../../src/runtime/history/past-thread.ts'

const never = new Int32Array(new SharedArrayBuffer(4))

parentPort?.on('message', ({ name }: PastQuestion) => {
  // as a real read does: this thread does nothing else meanwhile
  while (existsSync(workerData as string)) Atomics.wait(never, 0, 0, 5)
  if (name === 'dead') throw new Error('out of memory')
  const said: FromPastThread =
    name === 'bad'
      ? { failure: 'disk image is malformed' }
      : { answer: name === 'none' ? null : new TextEncoder().encode(JSON.stringify(name)) }
  parentPort?.postMessage(said)
})
