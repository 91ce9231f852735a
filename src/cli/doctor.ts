import type { Command } from './command.ts'
export const command: Command = { name: 'doctor', usage: '', summary: { zh: '', en: 'x' }, options: {}, run: async () => 0 }
