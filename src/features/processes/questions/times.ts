/** A process's counts are always shown; its times are marked below so many. */
const fewestTimes = 10

export const timesOf = (n: number): 'ok' | 'few' | 'none' => (n === 0 ? 'none' : n < fewestTimes ? 'few' : 'ok')
