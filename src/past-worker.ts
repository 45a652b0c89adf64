/** The thread that reads the past (runtime/history/past-thread.ts): joins the history file to the answering, as main.ts does. */
import { parentPort, workerData } from 'node:worker_threads'
import { readHistory } from './adapters/history/open.ts'
import { answerPast, type PastQuestion } from './runtime/history/answer-past.ts'
import type { FromPastThread } from './runtime/history/past-thread.ts'

const file = readHistory(workerData as string)

parentPort?.on('message', (question: PastQuestion) => {
  let said: FromPastThread
  try {
    said = { answer: answerPast(file, question) }
  } catch (failure) {
    said = { failure: failure instanceof Error ? failure.message : String(failure) }
  }
  parentPort?.postMessage(said, 'answer' in said && said.answer !== null ? [said.answer.buffer] : [])
})
