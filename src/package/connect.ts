import { connectKafka, type KafkaConnection } from '../adapters/kafka/connect.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { readClientSettings } from '../config/client-properties.ts'
import { type ConnectionOptions, securitySettings, serversOf } from './connection-options.ts'

/**
 * @throws LanekeeperError USAGE for addresses that cannot be read, FILE_UNREADABLE or CONFIG_INVALID for PEM files
 */
export const connect = (options: ConnectionOptions): Promise<KafkaConnection> =>
  connectKafka({
    bootstrapServers: serversOf(options),
    clientId: clientIdOf(options),
    security: readClientSettings(securitySettings(options)).security,
    clock: systemClock,
  })

export const clientIdOf = (options: ConnectionOptions): string => options['client.id'] ?? 'lanekeeper'
