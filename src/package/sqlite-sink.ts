/** `lanekeeper/sqlite-sink`: effects of records, each once, in a SQLite file. */
import './node-version.ts'
export { SqliteSink, type SqliteSinkOptions } from '../adapters/sqlite-sink/sqlite-sink.ts'
export type { EffectSink, RecordPlace, SinkOutcome } from '../ports/effect-sink.ts'
