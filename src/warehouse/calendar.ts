import chineseDays from 'chinese-days'
import source from 'chinese-days/package.json' with { type: 'json' }
import { addDays, type Day } from '#lib/time.ts'
import { readMeta, writeMeta } from './migrations.ts'
import type { Writer } from './warehouse.ts'

const firstDay: Day = '2000-01-01'
const lastDay: Day = '2039-12-31'

/** Prepared logs say by which calendar their business hours were counted. Years without published holidays have none. */
export const calendarVersion = `chinese-days ${source.version}, ${firstDay}–${lastDay}`

interface CalendarDay {
  day: Day
  /** 1 Monday … 7 Sunday. */
  dayOfWeek: number
  working: boolean
  /** Name of the public holiday; null on a weekend, a working day and a make-up working day. */
  festival: string | null
}

let made: CalendarDay[] | undefined

/** Working days, make-up working days and festivals of mainland China. */
export function calendarDays(): readonly CalendarDay[] {
  if (made) return made
  made = []
  for (let day = firstDay, i = 0; day <= lastDay; day = addDays(day, 1), i++) {
    const { work, name } = chineseDays.getDayDetail(day)
    // The first day is a Saturday. Names of festivals are 'English,中文,days'; other days carry their English weekday.
    const chinese = name.split(',')[1]
    made.push({ day, dayOfWeek: ((i + 5) % 7) + 1, working: work, festival: work ? null : (chinese ?? null) })
  }
  return made
}

/** Writes the calendar where it is missing or of another version. */
export async function ensureCalendar(writer: Writer): Promise<void> {
  if ((await readMeta(writer)).calendar_version === calendarVersion) return
  const days = calendarDays()
  await writer.remove('calendar')
  await writer.append(
    'calendar',
    ['day', 'day_of_week', 'working', 'festival'],
    [days.map((d) => d.day), days.map((d) => d.dayOfWeek), days.map((d) => d.working), days.map((d) => d.festival)],
  )
  await writeMeta(writer, { calendar_version: calendarVersion })
}
