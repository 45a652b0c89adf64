import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findKafka } from '../../src/adapters/local-cluster/jars.ts'

/**
 * Kafka's own command-line tools, as the second witness: what we say about a cluster must be what they say. The jars
 * are those of the test cluster, or of an unpacked Kafka in KAFKA_HOME.
 */
/** Kafka's jars as a class path, for Java programs of our own. */
export const kafkaClassPath = async (): Promise<string> => {
  const folder = join(import.meta.dirname, '..', '..', '.lanekeeper', 'test', 'kafka')
  const { libs } = await findKafka(folder, process.env, () => undefined)
  return join(libs, '*')
}

/** Arguments for `java`, for callers that want a tool's output while it runs. */
export const javaArguments = async (tool: string, parameters: readonly string[]): Promise<string[]> => [
  '-Xmx256m',
  // a process of a second or two: less compiling and a simple collector take a third off its start
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-cp',
  await kafkaClassPath(),
  `org.apache.kafka.tools.${tool}`,
  ...parameters,
]

const TOOL_TIMEOUT_MS = 60_000

/** Runs a tool (`TopicCommand`, `GetOffsetShell`, `consumer.group.ConsumerGroupCommand` …) and returns what it prints. */
export const runKafkaTool = async (tool: string, ...parameters: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('java', await javaArguments(tool, parameters), {
    timeout: TOOL_TIMEOUT_MS,
  })
  return stdout
}

/** Starts a tool that runs until it is killed; the caller kills it. */
export const startKafkaTool = async (tool: string, ...parameters: readonly string[]): Promise<ChildProcess> =>
  spawn('java', await javaArguments(tool, parameters), { stdio: 'ignore' })
