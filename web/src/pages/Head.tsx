import type { ReactNode } from 'react'
import { useState } from 'react'
import { copyText } from '../data/clipboard.ts'
import { useNavigation } from '../data/navigation.tsx'
import { isExportable } from '../model/export.ts'
import { ExportMenu } from '../parts/ExportMenu.tsx'
import { Icon } from '../parts/Icon.tsx'
import { WholeNames } from '../parts/WholeNames.tsx'

/** Title, the sentence that answers the page's question, and what can be done with the view. */
export const Head = ({
  title,
  tags,
  sub,
  actions,
}: {
  title: string
  tags?: ReactNode
  sub: ReactNode
  actions?: ReactNode
}) => {
  const { route } = useNavigation()
  return (
    <div className="head">
      <h1>
        <span>
          <WholeNames text={title} />
        </span>
        {tags}
      </h1>
      <p className="sub">{sub}</p>
      <div className="actions">
        {actions}
        <CopyLink />
        {isExportable(route.page) ? <ExportMenu /> : null}
      </div>
    </div>
  )
}

const CopyLink = () => {
  const [copied, setCopied] = useState(false)
  const copy = (): void => void copyText(location.href).then(setCopied)
  return (
    <button
      type="button"
      className="btn hide-s"
      onClick={copy}
      onBlur={() => setCopied(false)}
      aria-keyshortcuts="y"
    >
      <Icon name={copied ? 'check' : 'link'} />
      {copied ? 'Copied' : 'Copy link'}
    </button>
  )
}
