/** Sends one message to somebody else's HTTP server. */
export interface PostMessage {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
}

/** Resolves with the HTTP status, whatever it is; rejects when there was no answer in time. Follows no redirect. */
export type Post = (message: PostMessage) => Promise<number>
