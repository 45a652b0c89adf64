/**
 * A page that fails to draw must not take the frame with it: React removes everything above an error that nobody
 * caught, and a screen on the wall would stay empty through the incident that it hangs there for. What failed is said,
 * and it is tried anew when another page is opened, or on request.
 */
import { Component, type ReactNode } from 'react'

interface BrokenProps {
  readonly children: ReactNode
  /** Another address: the page there is tried whatever happened here. */
  readonly address: string
}

interface BrokenState {
  readonly said: string | undefined
  readonly address: string
}

export class Broken extends Component<BrokenProps, BrokenState> {
  override state: BrokenState = { said: undefined, address: this.props.address }

  static getDerivedStateFromError(error: unknown): Partial<BrokenState> {
    return { said: error instanceof Error ? error.message : String(error) }
  }

  static getDerivedStateFromProps(props: BrokenProps, state: BrokenState): BrokenState | null {
    return props.address === state.address ? null : { said: undefined, address: props.address }
  }

  override render(): ReactNode {
    const { said } = this.state
    if (said === undefined) return this.props.children
    return (
      <>
        <div className="head">
          <div>
            <h1>This page cannot be drawn.</h1>
            <p className="sub">
              The fault is in Lanekeeper and says nothing about the cluster. The other pages go on.
            </p>
          </div>
        </div>
        <section className="panel" aria-label="What failed">
          <div className="pb stack">
            <p role="alert">
              What failed: <span className="mono">{said}</span>
            </p>
            <div className="actions">
              <button type="button" className="btn" onClick={() => this.setState({ said: undefined })}>
                Try again
              </button>
              <button type="button" className="btn" onClick={() => location.reload()}>
                Load the page anew
              </button>
            </div>
          </div>
        </section>
      </>
    )
  }
}
