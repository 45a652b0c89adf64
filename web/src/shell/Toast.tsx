/** A sentence about what was just done without a trace on the page, such as copying. Read out, and gone by itself. */
import { useEffect } from 'react'

const SHOWN_MS = 3500

export const Toast = ({ words, onEnd }: { words: string; onEnd: () => void }) => {
  useEffect(() => {
    if (words === '') return
    const timer = setTimeout(onEnd, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [words, onEnd])
  return (
    <div className={words === '' ? 'vh' : 'toast'} role="status">
      {words}
    </div>
  )
}
