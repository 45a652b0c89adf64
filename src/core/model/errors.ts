/**
 * The closed registry of what can go wrong: one row per code with everything that is ever decided by it.
 * `docs/errors.md` is generated from this table. A new failure gets a row here before it gets thrown.
 *
 * `exit` follows the command line's contract: 1 unexpected, 2 usage or configuration, 3 findings or drift,
 * 4 cluster unreachable or not authorised, 5 refused by a safety rule.
 */
export const errorRegistry = {
  USAGE: { exit: 2, http: 400, retriable: false, text: 'The command, a flag or an argument is wrong.' },
  CONFIG_INVALID: {
    exit: 2,
    http: 400,
    retriable: false,
    text: 'The configuration file has problems; each is listed with line and column.',
  },
  INPUT_INVALID: {
    exit: 2,
    http: 400,
    retriable: false,
    text: 'A data file or a value on standard input is not what was announced.',
  },
  FILE_UNREADABLE: { exit: 2, http: 500, retriable: false, text: 'A file cannot be read or written.' },
  PREREQUISITE_MISSING: {
    exit: 2,
    http: 500,
    retriable: false,
    text: 'A program that is needed (Java, Maven) is missing or too old.',
  },
  STATE_DIR_HELD: { exit: 2, http: 409, retriable: true, text: 'Another Lanekeeper uses this state folder.' },
  PORT_TAKEN: { exit: 2, http: 500, retriable: true, text: 'No free port near the one asked for.' },
  BROKER_START_FAILED: { exit: 1, http: 500, retriable: true, text: 'A local broker did not become ready.' },
  BROKER_ENDED: { exit: 1, http: 500, retriable: true, text: 'A local broker ended by itself.' },
  DRIFT: { exit: 3, http: 200, retriable: false, text: 'The cluster differs from the file.' },
  CRITERIA_MISSED: {
    exit: 3,
    http: 200,
    retriable: false,
    text: 'A run ended with a success criterion missed.',
  },
  CLUSTER_UNREACHABLE: { exit: 4, http: 503, retriable: true, text: 'No broker of the cluster answers.' },
  CLUSTER_TOO_OLD: {
    exit: 4,
    http: 502,
    retriable: false,
    text: 'The brokers lack a request that is needed (Kafka 4.0 or later for server-side groups).',
  },
  AUTHENTICATION_FAILED: {
    exit: 4,
    http: 502,
    retriable: false,
    text: 'The cluster refused the credentials.',
  },
  NOT_AUTHORIZED: {
    exit: 4,
    http: 403,
    retriable: false,
    text: 'The principal may not do this on the cluster.',
  },
  TOPIC_UNKNOWN: { exit: 2, http: 404, retriable: false, text: 'The topic does not exist.' },
  PARTITION_UNKNOWN: { exit: 2, http: 404, retriable: false, text: 'The partition does not exist.' },
  GROUP_UNKNOWN: { exit: 2, http: 404, retriable: false, text: 'The consumer group does not exist.' },
  PARTITIONS_DECREASE: {
    exit: 5,
    http: 409,
    retriable: false,
    text: 'Kafka cannot take partitions away from a topic.',
  },
  ORDER_WOULD_BREAK: {
    exit: 5,
    http: 409,
    retriable: false,
    text: 'More partitions would move keys, and order per key would break.',
  },
  REPLICATION_CHANGE: {
    exit: 5,
    http: 409,
    retriable: false,
    text: 'The replication factor differs; changing it moves data and is not done by apply.',
  },
  BROKERS_TOO_FEW: {
    exit: 5,
    http: 409,
    retriable: true,
    text: 'Fewer brokers are alive than the replication factor asks for.',
  },
  TOPIC_NAME_COLLIDES: {
    exit: 5,
    http: 409,
    retriable: false,
    text: 'A topic exists whose name differs only in "." and "_"; Kafka allows one of the two.',
  },
  CONFIRMATION_NEEDED: {
    exit: 5,
    http: 409,
    retriable: false,
    text: 'A change needs --yes when there is no terminal to ask on.',
  },
  STEP_REFUSED: { exit: 1, http: 409, retriable: false, text: 'Kafka refused a step of the plan.' },
  STEP_OUTDATED: {
    exit: 1,
    http: 409,
    retriable: true,
    text: 'The cluster changed since the plan was made; plan again.',
  },
  RECORD_TOO_LARGE: {
    exit: 2,
    http: 413,
    retriable: false,
    text: 'A record is larger than the topic accepts.',
  },
  RECORD_INVALID: { exit: 2, http: 400, retriable: false, text: 'A record cannot be sent as it is.' },
  PRODUCER_CLOSED: { exit: 1, http: 500, retriable: false, text: 'The producer is closed.' },
  BUFFER_FULL: {
    exit: 1,
    http: 503,
    retriable: true,
    text: 'The send buffer stayed full until the deadline.',
  },
  DELIVERY_FAILED: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'The broker refused a batch for good; its records are not in the log.',
  },
  DELIVERY_IN_DOUBT: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'A batch was sent and never answered; its records may or may not be in the log.',
  },
  TRANSACTION_ABORTED: {
    exit: 1,
    http: 502,
    retriable: true,
    text: 'A transaction could not be committed; nothing of it is visible to readers of committed records.',
  },
  TRANSACTION_FENCED: {
    exit: 1,
    http: 409,
    retriable: false,
    text: 'Another process has taken over the transactional id; this one must stop.',
  },
  TRANSACTION_IN_DOUBT: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'A commit was sent and never answered; the transaction may be committed or not.',
  },
  TRANSACTION_REFUSED: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'A coordinator refused a request of a transaction for good.',
  },
  TRANSACTION_STATE: {
    exit: 1,
    http: 500,
    retriable: false,
    text: 'A call to a transactional producer does not fit the state that it is in.',
  },
  TOPIC_RECREATED: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'The topic was deleted and created again while it was read; its offsets began anew.',
  },
  FETCH_STOPPED: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'A partition cannot be read on: offset out of range, log diverged, or a corrupt batch.',
  },
  GROUP_FENCED: {
    exit: 1,
    http: 502,
    retriable: true,
    text: 'The group coordinator no longer accepts this member.',
  },
  GROUP_REFUSED: {
    exit: 1,
    http: 502,
    retriable: false,
    text: 'The group coordinator refused this member for good.',
  },
  RECORD_UNDECODABLE: {
    exit: 1,
    http: 500,
    retriable: false,
    text: 'What `decode` was given is not what it understands.',
  },
  DEAD_LETTER_FAILED: {
    exit: 1,
    http: 502,
    retriable: true,
    text: 'A record could not be written to the dead-letter topic; nothing is committed past it.',
  },
  REPLAY_OUT_OF_ORDER: {
    exit: 5,
    http: 409,
    retriable: false,
    text: 'Replaying a dead letter would put it behind later records of its key.',
  },
  GROUP_ACTIVE: {
    exit: 5,
    http: 409,
    retriable: true,
    text: 'The group has members; its offsets are changed only when nobody consumes.',
  },
  HANDLER_STUCK: {
    exit: 1,
    http: 500,
    retriable: false,
    text: 'A handler ignores its abort signal, so that the consumer can neither go on nor join its group again.',
  },
  GROUP_BUSY: {
    exit: 5,
    http: 409,
    retriable: true,
    text: 'The consumer group has members that were not started here.',
  },
  HANDLER_FAILED: { exit: 1, http: 500, retriable: false, text: 'The handler of a record failed.' },
  REQUEST_INVALID: { exit: 2, http: 400, retriable: false, text: 'The HTTP request is not valid.' },
  HOST_REFUSED: {
    exit: 2,
    http: 403,
    retriable: false,
    text: 'The Host header names none of the names this server answers to.',
  },
  READ_ONLY: {
    exit: 2,
    http: 405,
    retriable: false,
    text: 'The HTTP server only reads: it has no token, or this address changes nothing.',
  },
  TOKEN_NEEDED: {
    exit: 4,
    http: 401,
    retriable: false,
    text: "A change over HTTP needs the server's token.",
  },
  ACCESS_DENIED: {
    exit: 5,
    http: 403,
    retriable: false,
    text: 'The token is good, but its holder is not among those who may change something here.',
  },
  ISSUER_UNREACHABLE: {
    exit: 4,
    http: 503,
    retriable: true,
    text: 'The OpenID issuer does not tell its keys, so its tokens cannot be checked.',
  },
  ORIGIN_REFUSED: {
    exit: 2,
    http: 403,
    retriable: false,
    text: 'A change over HTTP was asked for by another site.',
  },
  ALERT_UNKNOWN: {
    exit: 2,
    http: 404,
    retriable: false,
    text: 'There is no such alert rule, silence or webhook, or it does not fire now.',
  },
  SERVER_UNREACHABLE: {
    exit: 4,
    http: 503,
    retriable: true,
    text: 'No Lanekeeper server answers at the address.',
  },
  STREAMS_EXHAUSTED: {
    exit: 1,
    http: 503,
    retriable: true,
    text: 'Too many pages follow the event stream at once.',
  },
  HISTORY_BUSY: {
    exit: 1,
    http: 503,
    retriable: true,
    text: 'Too many questions about the past wait for an answer.',
  },
  HISTORY_UNREADABLE: { exit: 1, http: 500, retriable: true, text: 'The history file cannot be read.' },
  NOT_OBSERVED_YET: { exit: 4, http: 503, retriable: true, text: 'The cluster has not been seen yet.' },
  NOT_FOUND: { exit: 2, http: 404, retriable: false, text: 'There is nothing at this address.' },
  UNEXPECTED: {
    exit: 1,
    http: 500,
    retriable: false,
    text: 'A defect in Lanekeeper. Please report it with the text above.',
  },
} as const satisfies Record<
  string,
  { exit: 1 | 2 | 3 | 4 | 5; http: number; retriable: boolean; text: string }
>

export type ErrorCode = keyof typeof errorRegistry

/**
 * An error a user meets. `message` says what and where in one sentence; `fix` says what to do. `problems` lists
 * every single problem when there are several, so that none hides behind the first.
 */
export class LanekeeperError extends Error {
  readonly code: ErrorCode
  readonly fix: string | null
  readonly problems: readonly string[]

  constructor(
    code: ErrorCode,
    message: string,
    options: { fix?: string; problems?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LanekeeperError'
    this.code = code
    this.fix = options.fix ?? null
    this.problems = options.problems ?? []
  }

  get retriable(): boolean {
    return errorRegistry[this.code].retriable
  }
}
