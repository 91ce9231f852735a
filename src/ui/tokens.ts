/** The palette: one meaning a colour, everywhere. Each foreground is at least 4.5:1 on its surfaces. */
export interface Palette {
  page: string
  surface: string
  sunken: string
  line: string
  text: string
  quiet: string
  accent: string
  accentSoft: string
  onAccent: string
  better: string
  betterSoft: string
  worse: string
  worseSoft: string
  amber: string
  amberSoft: string
  unknown: string
  unknownSoft: string
}

export type Mode = 'light' | 'dark'

export const palettes: Record<Mode, Palette> = {
  light: {
    page: '#f6f7f9',
    surface: '#ffffff',
    sunken: '#eef0f4',
    line: '#dde1e8',
    text: '#181b21',
    quiet: '#56606e',
    accent: '#1b56ee',
    accentSoft: '#e8eefe',
    onAccent: '#ffffff',
    better: '#0a7340',
    betterSoft: '#e0f3e8',
    worse: '#bd1c2b',
    worseSoft: '#fce8e8',
    amber: '#8a5100',
    amberSoft: '#fdf1d8',
    unknown: '#5f6874',
    unknownSoft: '#eef0f3',
  },
  dark: {
    page: '#111419',
    surface: '#191d24',
    sunken: '#222731',
    line: '#343b47',
    text: '#e9ebef',
    quiet: '#aab3c0',
    accent: '#86a9ff',
    accentSoft: '#1f2c4d',
    onAccent: '#0b1220',
    better: '#57cf96',
    betterSoft: '#143526',
    worse: '#ff8a8e',
    worseSoft: '#43191d',
    amber: '#edbb58',
    amberSoft: '#3b2c0e',
    unknown: '#a0a9b6',
    unknownSoft: '#262b34',
  },
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The palette as CSS custom properties, `--zy-accent-soft` and so on. */
export const cssVariables = (palette: Palette): Record<string, string> =>
  Object.fromEntries(Object.entries(palette).map(([name, value]) => [`--zy-${kebab(name)}`, value]))
