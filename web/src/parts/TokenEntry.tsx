/** Where the token is given and taken away, and whose it is. */
import { useEffect, useRef, useState } from 'react'
import { forgetToken, offerToken, useAccess, useEndedToken, useToken } from '../data/access.ts'
import { capitalised } from '../model/text.ts'
import { Icon } from './Icon.tsx'

/** Nothing to be given where this server takes no changes at all. */
export const TokenEntry = () => {
  const token = useToken()
  const ended = useEndedToken()
  const access = useAccess()
  const [open, setOpen] = useState(false)
  if (access === undefined) return null
  if (access.changes === 'refused')
    return (
      <span className="tag">
        <Icon name="lock" />
        Read-only: started without a token
      </span>
    )
  if (token !== undefined)
    return (
      <>
        <span className="tag ok">
          <Icon name="ok" />
          {access.holder === null ? 'With the server’s token' : `As ${access.holder}`}
        </span>
        <button type="button" className="btn" onClick={forgetToken}>
          <Icon name="lock" />
          Forget the token
        </button>
      </>
    )
  return (
    <>
      {ended === undefined ? null : (
        <span className="tag warn ended" role="status">
          <Icon name="warning" />
          {ended}
        </span>
      )}
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        <Icon name="lock" />
        Enter the token
      </button>
      {open ? <TokenDialog takes={access.takes} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

const TokenDialog = ({ takes, onClose }: { takes: readonly string[]; onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [value, setValue] = useState('')
  const [refused, setRefused] = useState<string>()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="ask" aria-labelledby="token-title" onCancel={onClose}>
      <form
        onSubmit={event => {
          event.preventDefault()
          void offerToken(value).then(why => (why === undefined ? onClose() : setRefused(why)))
        }}
      >
        <h2 id="token-title">Token</h2>
        <p className="t2">
          It lets this tab acknowledge and silence alerts, and nothing else.{' '}
          {capitalised(takes.join(', or '))}. This tab keeps it until it is closed.
        </p>
        <label>
          Token
          <input
            type="password"
            autoComplete="off"
            value={value}
            onChange={event => {
              setValue(event.target.value)
              setRefused(undefined)
            }}
          />
        </label>
        {refused === undefined ? null : (
          <p className="warn" role="alert">
            {refused}
          </p>
        )}
        <div className="choose">
          <button type="button" className="btn" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn ink" disabled={value.trim() === ''}>
            Use it
          </button>
        </div>
      </form>
    </dialog>
  )
}
