/** Line icons of 16 px. For status the shape speaks first and the colour second, so each state has a shape of its own. */
import type { ReactNode } from 'react'

const SHAPES = {
  overview: <path d="M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z" />,
  topics: <path d="M2 4h12M2 8h8M2 12h10" />,
  groups: (
    <>
      <circle cx="5" cy="5.5" r="2.2" />
      <circle cx="11.3" cy="6" r="1.7" />
      <path d="M1.5 13c.2-2.5 1.6-3.8 3.5-3.8S8.3 10.5 8.5 13M10.5 10c2.3-.4 3.8.8 4 3" />
    </>
  ),
  brokers: (
    <>
      <rect x="2" y="2.5" width="12" height="4.5" rx="1" />
      <rect x="2" y="9" width="12" height="4.5" rx="1" />
      <path d="M4.5 4.75h.01M4.5 11.25h.01" />
    </>
  ),
  alerts: (
    <>
      <path d="M8 2.2a4 4 0 0 0-4 4c0 3.6-1.3 4.8-1.3 4.8h10.6S12 9.8 12 6.2a4 4 0 0 0-4-4z" />
      <path d="M6.7 13.3a1.4 1.4 0 0 0 2.6 0" />
    </>
  ),
  silenced: (
    <>
      <path d="M5 3.6a4 4 0 0 1 7 2.6c0 1.3.2 2.3.4 3M10.5 11H2.7S4 9.8 4 6.2M6.7 13.3a1.4 1.4 0 0 0 2.6 0" />
      <path d="M2 2l12 12" />
    </>
  ),
  plans: (
    <path d="M2.2 4l1.2 1.2L5.6 3M8 4h6M2.2 8.3l1.2 1.2 2.2-2.2M8 8.3h6M2.2 12.6l1.2 1.2 2.2-2.2M8 12.6h6" />
  ),
  download: <path d="M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11" />,
  left: <path d="M10 3.5L5.5 8l4.5 4.5" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="M10.3 10.3L14 14" />
    </>
  ),
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  play: <path d="M5 3.2l7 4.8-7 4.8z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
    </>
  ),
  moon: <path d="M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7z" />,
  help: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M6.2 6.3C6.3 5.2 7 4.6 8 4.6s1.8.7 1.8 1.6C9.8 7.5 8 7.5 8 9M8 11.3h.01" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
    </>
  ),
  check: <path d="M3 8.5l3.2 3.2L13 4.8" />,
  chevron: <path d="M6 3.5L10.5 8 6 12.5" />,
  lock: (
    <>
      <rect x="3.5" y="7" width="9" height="6.5" rx="1.2" />
      <path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2" />
    </>
  ),
  table: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="1" />
      <path d="M2 6.5h12M6.5 6.5V13" />
    </>
  ),
  link: <path d="M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5L7.5 13A3 3 0 0 1 3 8.5L4.5 7" />,
  flask: <path d="M6 2h4M6.7 2v4.3L3 13a.9.9 0 0 0 .8 1.3h8.4A.9.9 0 0 0 13 13L9.3 6.3V2M4.9 10h6.2" />,
  ok: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M5.4 8.2l1.8 1.8 3.4-3.8" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 7.3v3.5M8 5.2h.01" />
    </>
  ),
  warning: (
    <>
      <path d="M8 2L14.6 13.6H1.4z" fill="currentColor" />
      <path d="M8 6.3v3.4M8 11.6h.01" className="i-cut" />
    </>
  ),
  act: (
    <>
      <path d="M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3z" fill="currentColor" />
      <path d="M8 4.7v4M8 11.2h.01" className="i-cut" strokeWidth="1.8" />
    </>
  ),
  stopped: (
    <>
      <rect x="2.8" y="2.8" width="10.4" height="10.4" rx="1.5" />
      <rect x="6" y="6" width="4" height="4" fill="currentColor" stroke="none" />
    </>
  ),
  stalled: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M6.4 5.8v4.4M9.6 5.8v4.4" />
    </>
  ),
  rewinding: <path d="M7.5 4L3.5 8l4 4M13 4L9 8l4 4" />,
  unknown: (
    <>
      <circle cx="8" cy="8" r="5.8" strokeDasharray="2.4 2.15" />
      <path d="M6.6 6.5c.1-.9.7-1.3 1.4-1.3s1.4.5 1.4 1.3c0 1-1.4 1-1.4 2.2M8 10.9h.01" />
    </>
  ),
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof SHAPES

export const Icon = ({ name, className = '' }: { name: IconName; className?: string }) => (
  <svg className={`i ${className}`} viewBox="0 0 16 16" aria-hidden="true">
    {SHAPES[name]}
  </svg>
)

export const Logo = () => (
  <svg className="logo" viewBox="0 0 20 20" aria-hidden="true">
    <rect x="1" y="2" width="4.5" height="16" rx="1" opacity=".38" />
    <rect x="7.75" y="2" width="4.5" height="16" rx="1" />
    <rect x="14.5" y="2" width="4.5" height="16" rx="1" opacity=".38" />
  </svg>
)
