/**
 * A command to copy. The text is always readable: a button that copies something unseen is not trusted. Our own commands
 * are named as they have to be typed where the server runs.
 */
import { Fragment, useEffect, useState } from 'react'
import { withCommandsAs } from '../../../src/core/model/called-as.ts'
import { copyText } from '../data/clipboard.ts'
import { useCalledAs } from '../data/context.tsx'
import { Icon } from './Icon.tsx'

const COPIED_MS = 1600

export const Command = ({ text: named }: { text: string }) => {
  const text = withCommandsAs(useCalledAs(), named)
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no')
  useEffect(() => {
    if (copied === 'no') return
    const timer = setTimeout(() => setCopied('no'), COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied])
  // where copying is refused the text is there to be selected by hand
  const copy = (): void => void copyText(text).then(done => setCopied(done ? 'yes' : 'refused'))
  return (
    <button type="button" className="cmd" title={text} onClick={copy} aria-label={`Copy command: ${text}`}>
      <code>
        {text.split(' ').map((word, index) => (
          // a line breaks between words and between addresses, not after the first hyphen of an option
          <Fragment key={`${index} ${word}`}>
            {index === 0 ? '' : ' '}
            <span>
              {word.split(',').map((part, place) => (
                <Fragment key={`${place} ${part}`}>
                  {place === 0 ? null : ','}
                  {place === 0 ? null : <wbr />}
                  {part}
                </Fragment>
              ))}
            </span>
          </Fragment>
        ))}
      </code>
      <Icon name={copied === 'yes' ? 'check' : 'copy'} />
      <span className="vh" role="status">
        {copied === 'yes' ? 'Copied' : copied === 'refused' ? 'Copying is not allowed here' : ''}
      </span>
    </button>
  )
}
