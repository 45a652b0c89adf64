/** Addresses of the real cluster that integration tests use; the runner of all tests starts one and names it here. */
const VARIABLE = 'LANEKEEPER_TEST_BOOTSTRAP'

/** `host:port` each; null when no cluster was named. */
export const realClusterServers = (): readonly string[] | null => {
  const named = (process.env[VARIABLE] ?? '').split(',').flatMap(server => server.trim() || [])
  return named.length === 0 ? null : named
}

/** For the `skip` option of a test: a reason that is printed, or false to run it. */
export const skipWithoutCluster = (): string | false =>
  realClusterServers() === null ? `${VARIABLE} names no cluster (npm test starts one)` : false

/** A prefix for topics and groups that no other run has, on a cluster that others use too. */
export const uniquePrefix = (label: string): string =>
  `${label}-${process.pid.toString(36)}-${Date.now().toString(36)}`
