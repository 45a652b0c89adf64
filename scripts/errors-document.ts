import { errorRegistry } from '../src/core/model/index.ts'

/** docs/errors.md as the registry has it: one row per code, in the registry's order. */
export const errorsDocument = (): string =>
  `# Errors

Generated from \`src/core/model/errors.ts\` by \`npm run docs\`; a test checks that it is current.

Every failure a user meets carries one of these codes: on the command line (\`error CODE: …\`, or with \`--json\` as
\`{"error": {"code": …}}\`), and over HTTP as \`{"error": {"code", "message", "fix", "retriable"}}\`. *Retriable* means
that the same request may succeed later without anything being changed.

Exit codes: 0 ok, 1 unexpected, 2 usage or configuration, 3 findings or drift, 4 cluster unreachable or not
authorised, 5 refused by a safety rule, 130 interrupted.

| code | what happened | exit | HTTP | retriable |
|---|---|---|---|---|
${Object.entries(errorRegistry)
  .map(
    ([code, row]) =>
      `| \`${code}\` | ${row.text} | ${row.exit} | ${row.http} | ${row.retriable ? 'yes' : 'no'} |`,
  )
  .join('\n')}
`
