import { Link } from '../data/navigation.tsx'

/** A name in the address that the cluster does not know. */
export const Missing = ({ what }: { what: string }) => (
  <div className="head">
    <div>
      <h1>{what}</h1>
      <p className="sub">
        It may have been deleted, or the link is from another cluster.{' '}
        <Link className="link" to="/topics">
          All topics
        </Link>
        ,{' '}
        <Link className="link" to="/groups">
          all groups
        </Link>
        .
      </p>
    </div>
  </div>
)
