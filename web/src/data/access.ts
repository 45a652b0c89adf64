/**
 * The token that allows changes. Kept for as long as the tab lives and never longer: a token in local storage would be
 * read by whoever sits at the machine next. It is sent with changes alone, in a header, which no other site can make a
 * browser send.
 */
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Access } from '../../../src/api/alerts.ts'
import type { ErrorBody } from '../../../src/api/contract.ts'

const STORAGE_KEY = 'lanekeeper.token'
const listeners = new Set<() => void>()

const stored = (): string | undefined => {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? undefined
  } catch {
    return undefined
  }
}
let token = stored()
/** Why the token that this tab carried is taken no longer; undefined: it is, or there was none. */
let ended: string | undefined

const headersWith = (value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { authorization: `Bearer ${value}` }

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useToken = (): string | undefined => useSyncExternalStore(subscribe, () => token)

/** The sentence of why this tab's token is gone without anybody having taken it away. */
export const useEndedToken = (): string | undefined => useSyncExternalStore(subscribe, () => ended)

export const forgetToken = (): void => setToken(undefined)

const setToken = (value: string | undefined, why?: string): void => {
  token = value
  ended = why
  try {
    if (value === undefined) sessionStorage.removeItem(STORAGE_KEY)
    else sessionStorage.setItem(STORAGE_KEY, value)
  } catch {
    // storage may be forbidden: the token then lasts as long as the page
  }
  for (const listener of listeners) listener()
}

/** Asks the server whether it takes this token, and keeps it if so; else the sentence of why not. */
export const offerToken = async (value: string): Promise<string | undefined> => {
  const access = await askAccess(value.trim())
  if (access === undefined) return 'The Lanekeeper server does not answer.'
  if (access.changes === 'allowed') {
    setToken(value.trim())
    return undefined
  }
  const { message, fix } = access.refusal ?? { message: 'The server does not take it.', fix: null }
  return fix === null ? message : `${message} ${fix}`
}

/** What the server says of this tab's token, asked anew whenever it changes; undefined until it answers. */
export const useAccess = (): Access | undefined => {
  const carried = useToken()
  const [access, setAccess] = useState<Access>()
  useEffect(() => {
    let gone = false
    void askAccess(carried).then(answer => {
      if (gone) return
      setAccess(answer)
      // the server was started anew with another token, or an issuer's token has ended
      if (carried !== undefined && answer?.changes === 'token')
        setToken(undefined, answer.refusal?.message ?? 'The token is taken no longer.')
    })
    return () => {
      gone = true
    }
  }, [carried])
  return access
}

/** What the server allows, with the token at hand or the one given; undefined: no answer. */
export const askAccess = async (value = token): Promise<Access | undefined> => {
  try {
    const response = await fetch('/api/v1/access', { headers: headersWith(value) })
    return response.ok ? ((await response.json()) as Access) : undefined
  } catch {
    return undefined
  }
}

/** A change; the sentence of what went wrong, or undefined when it was done. */
export const sendChange = async (
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<string | undefined> => {
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        ...headersWith(token),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (response.ok) return undefined
    const { error } = (await response.json()) as ErrorBody
    // a server that was started anew may have another token
    if (error.code === 'TOKEN_NEEDED') setToken(undefined, error.message)
    return error.fix === null ? error.message : `${error.message} ${error.fix}`
  } catch {
    return 'The Lanekeeper server does not answer.'
  }
}
