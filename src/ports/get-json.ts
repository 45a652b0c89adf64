/**
 * The JSON document at an address. Resolves only for a complete answer with status 200; follows no redirect. Rejects, in
 * words for people, when there was none in time, or one that is no JSON or larger than `bytesMax`.
 */
export type GetJson = (
  url: string,
  limits: { readonly timeoutMs: number; readonly bytesMax: number },
) => Promise<unknown>
