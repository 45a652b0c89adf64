import type { GetJson } from '../../ports/get-json.ts'
import { reasonOf } from './reason.ts'

/** By Node's own client. A redirect is refused: whoever is asked was named by the user, and nobody else is meant. */
export const getJson: GetJson = async (url, { timeoutMs, bytesMax }) => {
  try {
    const answer = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (answer.status !== 200) {
      await answer.body?.cancel()
      throw new Error(`${url} answers ${answer.status}`)
    }
    return JSON.parse(await textOf(answer, url, bytesMax)) as unknown
  } catch (failure) {
    throw new Error(reasonOf(failure), { cause: failure })
  }
}

/** Read piece by piece, so that an endless answer ends at the limit and not with the memory. */
const textOf = async (answer: Response, url: string, bytesMax: number): Promise<string> => {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of answer.body ?? []) {
    bytes += piece.length
    if (bytes > bytesMax) throw new Error(`${url} answers with more than ${bytesMax} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
