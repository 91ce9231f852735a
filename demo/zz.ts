import { openTestHome } from '../src/server/testing.ts'
import { birthDemo } from './birth.ts'
const home = await openTestHome({ units: false, now: '2026-11-24T04:00:00Z' })
let lw = performance.now(),
  last = process.cpuUsage()
const lap = (s: string) => {
  const u = process.cpuUsage(last)
  const w = performance.now()
  console.log('  cpu', ((u.user + u.system) / 1e6).toFixed(2), 'wall', ((w - lw) / 1e3).toFixed(2))
  console.log(s)
  last = process.cpuUsage()
  lw = performance.now()
}
const s = await birthDemo(home.services, {
  customers: Number(process.argv[2] ?? 5000),
  seed: Number(process.argv[3] ?? 1),
  onProgress: (t) => lap(t.zh),
})
lap('end')
console.log(s)
console.log(
  await home.services.warehouse.write(
    async (w) =>
      (
        await w.run({
          parts: [
            {
              text: "select metric, count(*) as rows, sum(n) as n from daily group by metric union all select 'bins', count(*), sum(n) from daily_bins",
            },
          ],
        })
      ).rows,
  ),
)
lap('x')
lap('rebuild')
await home.close()
