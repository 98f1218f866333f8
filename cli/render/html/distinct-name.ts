// What a listener is called on the page: by its address, and by its number too where several share that.
import { listenerName } from '../../../core/report/finding/about.ts';
import type { ListenerReport } from '../../../core/report/model.ts';

export function distinctName(listener: ListenerReport, all: readonly ListenerReport[]): string {
  const name = listenerName(listener);
  const shared = all.some(
    (other) => other.id !== listener.id && other.capture === listener.capture && listenerName(other) === name,
  );
  return shared ? `${name} (listener ${listener.id})` : name;
}
