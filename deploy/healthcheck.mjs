// Asks the server in this container how it is: `live` for whoever restarts what hangs, `ready` for whoever waits for it.
const question = process.argv[2] === 'ready' ? 'ready' : 'live'
const address = `http://127.0.0.1:${process.env.ZHIYIN_PORT ?? 7700}/api/v1/${question}`
const answer = await fetch(address, { signal: AbortSignal.timeout(4_000) }).catch((error) => ({ error }))
if (!answer.ok) console.error(answer.error ? `no answer: ${answer.error.message}` : `answered ${answer.status}`)
process.exit(answer.ok ? 0 : 1)
