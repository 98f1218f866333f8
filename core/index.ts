// The library's public face: open a store, build a report, and the types of both.
export type { TraceEvent } from './event/trace-event.ts';
export { buildReport } from './report/build.ts';
export type { ReportOptions } from './report/input.ts';
export type { Finding, ListenerReport, Report } from './report/model.ts';
export type { State } from './state/model.ts';
export { queryEvents } from './store/event-query.ts';
export { readState } from './store/read-state.ts';
export { readReportInput } from './store/report-input.ts';
export { openStore, type Store, StoreError } from './store/store.ts';
