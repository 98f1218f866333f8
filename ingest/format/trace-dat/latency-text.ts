// The one place where the text that latency tracers leave in a trace.dat would be handed on to the reader of tracefs texts.
import { type ByteSource, CaptureError, type CaptureReader } from '../format.ts';
import type { LatencyText } from './trace-file.ts';

/** Reads a trace.dat that holds a text instead of ring buffers. Throws CaptureError: that text is not read yet. */
export function openLatencyText(source: ByteSource, { offset }: LatencyText): CaptureReader {
  throw new CaptureError(
    source.name,
    Math.min(offset, source.size),
    'this trace.dat holds the text of a latency tracer, not events, a form that is not read yet',
    'record events (trace-cmd record -e ...), or save the text by itself: cat /sys/kernel/tracing/trace',
  );
}
