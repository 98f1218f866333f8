// The OpenMetrics text, read by a reader of its own made from the format's grammar (OpenMetrics 1.0), held against counters and report.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openMetrics } from '../../../cli/export/openmetrics.ts';
import type { Report } from '../../../core/report/model.ts';
import { readCounters } from '../../support/account.ts';
import { PERF_DATA, perfDataOf } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of the types that Prometheus' text format 0.0.4 has too. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total'],
  summary: ['', '_count', '_sum'],
};

/** Reads an exposition as strictly as the grammar has it. */
function read(text: string): Sample[] {
  const lines = text.split('\n');
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const points = new Set<string>();
  let family = { name: '', type: '' };
  for (const line of lines.slice(0, -2)) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (meta?.[1] === 'TYPE') {
      expect(seen).not.toContain(meta[2]);
      seen.add(meta[2]);
      family = { name: meta[2], type: meta[3] };
      expect(Object.keys(SUFFIXES)).toContain(family.type);
    } else if (meta !== null) {
      expect(meta[2]).toBe(family.name);
      if (meta[1] === 'UNIT') expect(family.name.endsWith(`_${meta[3]}`)).toBe(true);
    } else {
      const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(
        line,
      );
      expect([line, found === null]).toEqual([line, false]);
      const [, name, labelText = '', value] = found as RegExpExecArray;
      expect(SUFFIXES[family.type].map((suffix) => family.name + suffix)).toContain(name);
      const labels = Object.fromEntries(
        [...labelText.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"/g)].map(([, key, label]) => [
          key,
          label.replace(/\\([\\"n])/g, (_, char) => (char === 'n' ? '\n' : char)),
        ]),
      );
      expect(points).not.toContain(name + labelText);
      points.add(name + labelText);
      expect(Number.isFinite(Number(value))).toBe(true);
      samples.push({ name, labels, value: Number(value) });
    }
  }
  return samples;
}

it('has the counts of the kernel, and the times of the report in seconds', () => {
  const { status, stdout } = acceptq(['export', perfDataOf('node-clamped'), '--to', 'openmetrics']);
  expect(status).toBe(0);
  const samples = read(stdout);
  const value = (name: string, quantile?: string): number | undefined =>
    samples.find((sample) => sample.name === name && sample.labels.quantile === quantile)?.value;
  const overflows = readCounters(join(PERF_DATA, 'node-clamped')).get('ListenOverflows');
  expect(value('acceptq_listener_overflows_total')).toBe(Number(overflows));
  const report = JSON.parse(acceptq(['analyze', perfDataOf('node-clamped'), '--json']).stdout) as Report;
  const [listener] = report.listeners;
  expect(value('acceptq_listener_enqueued_total')).toBe(listener.enqueued);
  expect(value('acceptq_listener_wait_seconds', '0.99')).toBeCloseTo(Number(listener.wait_ns.p99) / 1e9, 12);
  expect(value('acceptq_listener_wait_seconds_count')).toBe(listener.wait_ns.count);
  expect(value('acceptq_listener_capacity_connections')).toBe(17);
});

it('leaves out what is not known, and keeps any label apart from the format', () => {
  const report = JSON.parse(acceptq(['analyze', perfDataOf('node-clamped'), '--json']).stdout) as Report;
  const path = '@a"b\\n\nc\u001b[31m{}="\ud800';
  const hostile: Report = {
    ...report,
    listeners: report.listeners.map((listener) => ({
      ...listener,
      path,
      overflows: { count: null, bound: 'unknown', evidence: 'none' },
      syn_retransmits: null,
    })),
  };
  const samples = read(`${[...openMetrics(hostile)].join('\n')}\n`);
  expect(samples.filter(({ name }) => /overflows|syn_retransmits/.test(name))).toEqual([]);
  const addresses = new Set(samples.flatMap(({ labels }) => (labels.address === undefined ? [] : [labels.address])));
  expect([...addresses]).toEqual(['@a"b\\n\\x0ac\\x1b[31m{}="\ufffd']);
});
