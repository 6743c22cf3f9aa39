import 'virtual:theme.css'
import './studio.css'
import { type ComponentType, render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { online } from './api.ts'
import { KeyForm } from './parts/key-form.tsx'
import { Link } from './parts/link.tsx'
import { path } from './url.ts'

interface Page {
  readonly title: string
  /** In the line of pages at the top; others are reached from these. */
  readonly listed: boolean
  readonly load: () => Promise<{ readonly default: ComponentType }>
}

/** By the first part of the path. */
const PAGES: Readonly<Record<string, Page>> = {
  runs: { title: 'Runs', listed: true, load: () => import('./pages/runs/runs.tsx') },
  train: { title: 'Train', listed: false, load: () => import('./pages/train/train.tsx') },
  services: { title: 'Services', listed: true, load: () => import('./pages/services/services.tsx') },
  preview: { title: 'Preview', listed: true, load: () => import('./pages/preview/preview.tsx') },
  live: { title: 'Live', listed: true, load: () => import('./pages/live/live.tsx') },
}

function Studio() {
  const [name = 'runs'] = path.value
  const page = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined
  useEffect(() => {
    document.title = `${page?.title ?? 'Nothing here'} · Tributary`
  }, [page])
  return (
    <>
      <a class="skip" href="#page">
        To the page
      </a>
      <header class="top">
        <strong>Tributary</strong>
        <nav aria-label="Pages">
          {Object.entries(PAGES).map(
            ([one, { title, listed }]) =>
              listed && (
                <Link key={one} to={[one]} current={one === (page?.listed === false ? 'runs' : name)}>
                  {title}
                </Link>
              ),
          )}
        </nav>
      </header>
      <main id="page">
        {!online.value && (
          <p class="failure" role="alert">
            The server cannot be reached; what is shown is what it said last.
          </p>
        )}
        <KeyForm />
        {page === undefined ? <h1>There is no page {name}</h1> : <Loaded key={name} page={page} />}
      </main>
    </>
  )
}

function Loaded({ page: { load } }: { page: Page }) {
  const [shown, show] = useState<{ readonly Content?: ComponentType; readonly failed?: boolean }>({})
  useEffect(() => {
    load().then(
      ({ default: Content }) => show({ Content }),
      () => show({ failed: true }),
    )
  }, [load])
  const { Content, failed } = shown
  if (failed) return <p class="failure">This page could not be loaded; reload it once the server is there.</p>
  return Content === undefined ? <p class="loading">Loading …</p> : <Content />
}

render(<Studio />, document.getElementById('studio')!)
