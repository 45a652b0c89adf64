/**
 * ElectLeaders, version 2, which the library lacks.
 *
 *     request:  election_type [ topic [ partition ] ] timeout_ms
 *     answer:   throttle_time_ms error_code [ topic [ partition_id error_code error_message ] ]
 */
import { createAPI, Writer } from '@platformatic/kafka'

const PREFERRED = 0

export interface ElectionAnswer {
  readonly code: number
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly code: number
    readonly message: string | null
  }[]
}

/** Elects the first replica of one partition. ELECTION_NOT_NEEDED (84) says that it leads already. */
export const electPreferredLeaderV2 = createAPI<
  [topic: string, partition: number, timeoutMs: number],
  ElectionAnswer
>(
  43,
  2,
  (topic: string, partition: number, timeoutMs: number) =>
    Writer.create()
      .appendInt8(PREFERRED)
      .appendArray([topic], (writer, name) =>
        writer.appendString(name).appendArray([partition], (w, index) => w.appendInt32(index), true, false),
      )
      .appendInt32(timeoutMs)
      .appendTaggedFields(),
  (_correlation, _key, _version, reader) => {
    reader.readInt32() // throttle time
    const code = reader.readInt16()
    const partitions = reader.readArray(topicReader => {
      const topic = topicReader.readString()
      return topicReader.readArray(partitionReader => ({
        topic,
        partition: partitionReader.readInt32(),
        code: partitionReader.readInt16(),
        message: partitionReader.readNullableString(),
      }))
    })
    return { code, partitions: partitions.flat() }
  },
)
