// acceptq validate as scripts and people meet it: verdicts, exit codes, JSON by its Schema, a divergence explained.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Schema from 'effect/Schema';
import { afterAll, describe, expect, it } from 'vitest';
import { ValidationSchema } from '../../replay/validate/validation-schema.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { acceptq } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-validate-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const SOUND = perfDataOf('acceptload-overflow');
const decode = Schema.decodeUnknownSync(ValidationSchema);

describe('a sound capture', () => {
  it('has no divergence: exit 0, JSON by its Schema', () => {
    const { status, stdout } = acceptq(['validate', SOUND, '--json']);
    expect(status).toBe(0);
    const result = decode(JSON.parse(stdout));
    expect(result.divergences).toEqual([]);
    expect(result.checked).toBe(result.matched + result.undecidable + result.diverged);
    expect(result.kernel_profile).toMatch(/^6\.18\./);
    // 60 connections went through, each with a child that was made, woken for and accepted: see the fixture's account
    const rule = (name: string) => result.captures[0].rules.find((counted) => counted.rule === name);
    for (const name of ['acceptq_full', 'data_ready', 'accept_take', 'child_made'])
      expect(rule(name)?.matched).toBe(60);
  });

  it('says so in words, within the width', () => {
    const { stdout } = acceptq(['validate', SOUND, '--verbose']);
    expect(stdout).toContain('no divergence');
    expect(stdout).toContain('sk_acceptq_is_full');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('a capture that differs', () => {
  it('is exit 1, with rule, both sides and where to look', () => {
    const { status, stdout } = acceptq(['validate', SOUND, '--kernel', '5.10', '--json']);
    expect(status).toBe(1);
    const result = decode(JSON.parse(stdout));
    expect(result.kernel_profile).toBe('5.10');
    expect(result.divergences.length).toBe(result.diverged);
    const [first] = result.divergences;
    expect(first.where).toContain('inet_csk_clone_lock');
    expect(first.show).toMatch(/^acceptq events --db STORE --capture 1 --from \d+ns --to \d+ns$/);
  });

  it('is explained step by step', () => {
    const { status, stdout } = acceptq(['validate', SOUND, '--kernel', '5.10', '--explain', '20']);
    expect(status).toBe(1);
    expect(stdout).toContain('#20');
    expect(stdout).toMatch(/queue \d+(…\d+)? of/);
    expect(stdout).toContain('a child is enqueued');
  });

  it('in a store: the command shown lists the events around', () => {
    const db = join(directory, 'host.db');
    expect(acceptq(['ingest', SOUND, '--db', db]).status).toBe(0);
    const { stdout } = acceptq(['validate', '--db', db, '--kernel', '5.10', '--json']);
    const { show, position } = decode(JSON.parse(stdout)).divergences[0];
    const { stdout: events } = acceptq(show.split(' ').slice(1));
    expect(events).toMatch(new RegExp(`^ *${position} `, 'm'));
  });
});

describe('wrong usage', () => {
  it.each([
    [['validate'], 'validate takes captures'],
    [['validate', SOUND, '--kernel', 'new'], '--kernel takes a release'],
    [['validate', SOUND, '--explain', '1'], 'there is no divergence to explain'],
    [['validate', SOUND, '--kernel', '5.10', '--explain', '0'], '--explain takes a number from 1'],
    [['validate', SOUND, '--capture', '7'], 'the store has no capture 7'],
  ])('%j', (args, message) => {
    const { status, stderr } = acceptq(args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('what cannot be read is exit 3', () => {
    const path = join(directory, 'nonsense');
    writeFileSync(path, 'no capture\n');
    expect(acceptq(['validate', path]).status).toBe(3);
  });
});
