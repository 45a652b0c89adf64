import { LanekeeperError } from '../../core/model/index.ts'

/** The environment variables that say where programs are. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Kafka 4 brokers are compiled for Java 17. */
export const JAVA_MAJOR_MIN = 17

/**
 * Local brokers need Java, and Maven once, to fetch Kafka. Whatever is missing, the same ways lead on, and all
 * but the first two need neither.
 */
export const prerequisiteMissing = (
  message: string,
  problems: readonly string[] = [],
  cause?: unknown,
): LanekeeperError => {
  const install =
    process.platform === 'darwin'
      ? 'brew install openjdk@21 maven'
      : 'sudo apt-get install -y openjdk-17-jdk-headless maven'
  return new LanekeeperError('PREREQUISITE_MISSING', message, {
    fix: [
      'Any one of these leads on:',
      `  install Java ${JAVA_MAJOR_MIN} or later and Maven:  ${install}`,
      '  use an unpacked Kafka (Java only):    KAFKA_HOME=/path/to/kafka npm start',
      '  use no Kafka, a simulated cluster:    npx lanekeeper up --simulated',
      '  use containers (Docker only):         docker compose up',
      '  use a cluster that is there already:  npx lanekeeper up --bootstrap-server HOST:PORT',
    ].join('\n'),
    problems,
    ...(cause === undefined ? {} : { cause }),
  })
}
