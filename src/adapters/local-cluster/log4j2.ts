/** These write a line per partition at every start and leader change: thousands that hide the rest. */
const quiet = [
  'kafka.cluster',
  'kafka.log',
  'kafka.server.ReplicaFetcherManager',
  'org.apache.kafka.clients.FetchSessionHandler',
  'org.apache.kafka.controller.ReplicationControlManager',
  'org.apache.kafka.coordinator',
  'org.apache.kafka.storage.internals.log',
  'state.change.logger',
]

/**
 * While a broker is gone each of its followers' fetchers warns several times a second, with the whole request in the
 * line. That a broker cannot be reached is told once more by the network client, in short lines.
 */
const silent = ['kafka.server.ReplicaFetcherThread']

const levels = [...quiet.map(name => [name, 'warn']), ...silent.map(name => [name, 'error'])]
  .map(([name, level], index) => `logger.at${index}.name=${name}\nlogger.at${index}.level=${level}`)
  .join('\n')

/**
 * Logging of a local broker: one file of bounded size, read by people after something went wrong. Kafka's own
 * defaults write to the console without bound, or (from Maven's jars) nowhere.
 */
export const log4j2Properties = `# Written at every start of the local brokers.
status=error
name=lanekeeper-local-broker

appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=\${sys:lanekeeper.log}
appender.file.filePattern=\${sys:lanekeeper.log}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %-5p %m (%c{1})%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2

rootLogger.level=info
rootLogger.appenderRef.file.ref=file

${levels}
`
