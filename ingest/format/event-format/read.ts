// Blocks of event format texts as perf.data (tracing_data) and trace.dat carry them: header texts, ftrace's own events, systems.
import { type FieldReader, latin1 } from '../byte-window.ts';
import { type EventFormat, parseEventFormat } from './parse.ts';

const MAX_SYSTEMS = 4096;
const MAX_EVENTS = 65536;

const readText = (reader: FieldReader): string => latin1(reader.slice(reader.u64()));

/** `header_page` or `header_event` with its text. Throws RangeError when another title stands there. */
export function readTitledText(reader: FieldReader, title: string): string {
  if (reader.cString() !== title) throw new RangeError(`${title} is missing`);
  return readText(reader);
}

/** A count and as many format texts, added to `formats` by id. */
function readFormats(reader: FieldReader, system: string, formats: Map<number, EventFormat>): void {
  const events = reader.u32();
  for (let i = 0; i < events && i < MAX_EVENTS; i++) {
    const format = parseEventFormat(system, readText(reader));
    if (format !== null) formats.set(format.id, format);
  }
}

/** The events of ftrace itself (function, funcgraph_entry, print, …). */
export function readFtraceFormats(reader: FieldReader, formats: Map<number, EventFormat>): void {
  readFormats(reader, 'ftrace', formats);
}

/** The recorded systems with their events. What was read before a damaged place stays in `formats`. */
export function readSystems(reader: FieldReader, formats: Map<number, EventFormat>): void {
  const systems = Math.min(reader.u32(), MAX_SYSTEMS);
  for (let s = 0; s < systems; s++) readFormats(reader, reader.cString(), formats);
}
