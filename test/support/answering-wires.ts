import { Reader } from '@platformatic/kafka'
import type { Endpoint } from '../../src/adapters/kafka/addresses.ts'
import type { Wires } from '../../src/adapters/kafka/wires.ts'

/** A request as a broker gets it, without its header. */
export interface Asked {
  readonly broker: number
  /** Kafka's number of the request. */
  readonly key: number
  readonly body: Buffer
}

/** What a library's request does with its connection, as far as it matters here. */
type Send = (
  key: number,
  version: number,
  request: () => { readonly buffer: Buffer },
  parse: (correlation: number, key: number, version: number, reader: unknown) => unknown,
  requestTags: boolean,
  answerTags: boolean,
  done: (error: Error | null, answer?: unknown) => void,
) => void

type Api = (connection: { readonly send: Send }, ...parameters: readonly unknown[]) => void

/**
 * Wires without a network: the bytes of a request are told to `answer`, and the bytes that it gives back are read as an
 * answer of that broker, error codes and all. Nothing is late or lost; what `answer` throws is a failure of the wire.
 */
export const answeringWires = (answer: (asked: Asked) => Buffer): Wires =>
  ({
    call: ({ broker }: Endpoint, _channel: string, api: Api, parameters: readonly unknown[]) =>
      new Promise((resolve, reject) => {
        const send: Send = (key, version, request, parse, _requestTags, _answerTags, done) => {
          const bytes = answer({ broker: broker ?? -1, key, body: request().buffer })
          try {
            done(null, parse(0, key, version, Reader.from(bytes)))
          } catch (error) {
            done(null, answerInside(error))
          }
        }
        api({ send }, ...parameters, (error: Error | null, read: unknown) =>
          error === null ? resolve(read) : reject(error),
        )
      }),
    close: () => undefined,
  }) as unknown as Wires

/** The library throws an answer with an error code in it, as the wire knows too. */
const answerInside = (error: unknown): unknown => {
  const { response } = error as { readonly response?: unknown }
  if (response === undefined) throw error
  return response
}
