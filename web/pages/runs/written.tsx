import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { DataTable } from '../../parts/table.tsx'
import { momentText } from './columns.ts'
import { ComparisonOf, type Results, shortNames } from './comparison.tsx'
import { seedsText } from './summarize.ts'

/** What compare and quickstart have written below the folders; nothing where there is none. */
export function Written() {
  const { value } = useAnswer((client, signal) => client.listComparisons({ signal }), [], ['comparisons'])
  if (value === undefined || value.written.length === 0) return null
  return (
    <section>
      <h2>Comparisons</h2>
      <DataTable
        name="Comparisons"
        rows={value.written}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'Comparison',
            text: ({ id }) => id,
            show: ({ id }) => (
              <Link to={['runs']} with={{ comparison: id }}>
                <bdi>{id.slice(-80)}</bdi>
              </Link>
            ),
          },
          { title: 'Dataset', text: ({ dataset }) => dataset },
          {
            title: 'Models',
            text: ({ models }) => models.map(({ name }) => name).join(', '),
            show: ({ models }) => shortNames(models.map(({ name }) => name)).join(', '),
          },
          { title: 'Seeds', text: ({ models }) => seedsText(models.flatMap(({ seeds }) => seeds)) },
          { title: 'Verdicts on', text: ({ metric }) => metric },
          {
            title: 'Users',
            number: true,
            text: ({ allUsers }) => String(allUsers),
            show: ({ allUsers }) => allUsers.toLocaleString('en-US'),
          },
          { title: 'Changed (UTC)', class: () => 'number', text: ({ changed }) => momentText(changed) },
        ]}
      />
    </section>
  )
}

/** One of them: what `compare --json` printed. */
export function OneComparison({ id }: { id: string }) {
  const told = useAnswer((client, signal) => client.getComparison({ path: { comparison: id }, signal }), [id])
  const path = useAnswer((client, signal) => client.listComparisons({ signal }), []).value?.written.find(
    (one) => one.id === id,
  )?.path
  return (
    <>
      <p>
        <Link to={['runs']}>All runs</Link>
      </p>
      <h1>
        Comparison <bdi>{id.slice(0, 300)}</bdi>
      </h1>
      <Show of={told}>
        {({ results, command }) => (
          <>
            {results !== undefined && <ComparisonOf results={results as unknown as Results} />}
            <CommandFooter commands={[command ? commandLine(...command) : `cat ${path ?? id}`]} />
          </>
        )}
      </Show>
    </>
  )
}
