// The parts of a cluster in the order in which they start: how each is started, asked whether it is ready, stopped.
import { ensureTrino } from './archives.mjs'
import { findJava } from './java.mjs'
import * as postgres from './postgres.mjs'
import { lastWords, signal, sleep } from './process.mjs'
import * as servers from './servers.mjs'
import { isFree } from './state.mjs'
import * as trino from './trino.mjs'

const node = {
  prepare: async (state, say) => {
    const java = findJava()
    return { java, trino: await ensureTrino({ cache: state.cache, java, say }) }
  },
  start: trino.start,
  ready: trino.ready,
  stopping: trino.stopping,
  again: trino.again,
}
const server = { start: servers.startServer, ready: servers.ready, stopping: servers.stopping }

export const parts = {
  postgres: {
    start: (state, _, tools) => postgres.start(state, tools),
    ready: postgres.ready,
    stopping: postgres.stopping,
    again: postgres.again,
  },
  coordinator: node,
  worker1: node,
  worker2: node,
  server1: server,
  server2: server,
  proxy: { ...server, start: servers.startProxy },
}

/** Starts a part where it does not run, and waits until it is ready. */
export async function bringPart(state, name, say) {
  for (let tries = 1; ; tries++) {
    await startPart(state, name, say)
    try {
      return await awaitPart(state, name)
    } catch (error) {
      // What a killed one has left behind is cleared away by the system, in its own time.
      if (tries === 20 || state.running(name) || !parts[name].again?.test(error.message)) throw error
      await sleep(1000)
    }
  }
}

/** Starts a part that does not run; says whether it did. */
export async function startPart(state, name, say) {
  if (state.running(name)) return false
  const { prepare, start } = parts[name]
  const port = state.settings.ports[name]
  const prepared = await prepare?.(state, say)
  // A killed part's children may hold its port a moment longer.
  for (let tries = 0; !(await isFree(port)); tries++) {
    if (tries === 20) throw new Error(`${name}: port ${port} is taken by a program that is none of this cluster`)
    await sleep(500)
  }
  say(`starting ${name} on port ${port}`)
  state.remember(name, await start(state, name, { ...prepared, say }))
  return true
}

/** Waits until a part is ready; throws when it has ended, with its last words, or when the time is over. */
export async function awaitPart(state, name, ready = () => parts[name].ready(state, name), seconds = 300) {
  for (const end = Date.now() + seconds * 1000; ; await sleep(500)) {
    if (await ready()) return
    if (!state.running(name)) throw new Error(`${name} has ended; its last words:\n${lastWords(state.log(name))}`)
    if (Date.now() > end) throw new Error(`${name} was not ready after ${seconds} s; see ${state.log(name)}`)
  }
}

/** Asks a part to stop, and kills it when it has not after its time; says whether it ran. */
export async function stopPart(state, name, say) {
  const running = state.running(name)
  const { signal: polite, seconds } = parts[name].stopping
  if (running) {
    say(`stopping ${name}`)
    signal(running, polite)
    if (!(await gone(state, name, seconds))) {
      say(`${name} did not stop within ${seconds} s and is killed`)
      await killPart(state, name)
    }
  }
  state.forget(name)
  return Boolean(running)
}

/** Ends a part at once, as a failing machine would; says whether it ran. */
export async function killPart(state, name) {
  const running = state.running(name)
  if (running) {
    signal(running, 'SIGKILL')
    if (!(await gone(state, name, 30))) throw new Error(`${name} (pid ${running.pid}) cannot be killed`)
  }
  state.forget(name)
  return Boolean(running)
}

async function gone(state, name, seconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100))
    if (!state.running(name)) return true
  return !state.running(name)
}
