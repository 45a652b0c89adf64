import { defaultThresholds, findingKinds, verdictOrder, verdictRules } from '../src/core/health/index.ts'

/** docs/health-rules.md as the tables in src/core/health have it. */
export const healthRulesDocument = (): string =>
  `# How health is judged

Generated from \`src/core/health/verdict.ts\`, \`finding-kinds.ts\` and \`thresholds.ts\` by
\`npm run docs\`; a test checks that it is current.

## The verdict on a group

Each partition that a group reads is judged by these rules in this order; the first that holds decides. A group is as
bad as its worst partition: ${verdictOrder.join(' < ')}. When the newest reading of a group is older than \`freshMs\`, its
verdict is unknown whatever it was before. Samples that are missing never make a verdict better; a property test takes
them away at random.

| | rule | verdict | when | the incident behind it |
|---|---|---|---|---|
${verdictRules
  .map((rule, at) => `| ${at + 1} | \`${rule.name}\` | ${rule.verdict} | ${rule.when} | ${rule.incident} |`)
  .join('\n')}

## Findings

A finding is a sentence with its cause and its cure, one per cause: copies that are missing because a broker is gone are
part of that broker's finding. Worst first. A calm day has none.

| kind | when | the incident behind it |
|---|---|---|
${Object.entries(findingKinds)
  .map(([kind, { when, incident }]) => `| \`${kind}\` | ${when} | ${incident} |`)
  .join('\n')}

## Thresholds

| name | value |
|---|---|
${Object.entries(defaultThresholds)
  .map(([name, value]) => `| \`${name}\` | ${value} |`)
  .join('\n')}
`
