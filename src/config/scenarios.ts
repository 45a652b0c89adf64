/** The scenarios that traffic can play, and what their topics are for, in the order of `traffic.topics`. */
export const scenarioRoles = {
  streamsocial: ['user actions', 'content interactions'],
  ecommerce: ['orders'],
  gaming: ['movements', 'chat', 'purchases'],
  iot: ['telemetry'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type ScenarioName = keyof typeof scenarioRoles

export const scenarioNames = Object.keys(scenarioRoles) as ScenarioName[]
