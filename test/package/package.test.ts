// The package: pinned, its tarball complete and nothing more, and it installs and works in another place.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { perfDataOf } from '../support/fixtures.ts';
import { group } from '../support/needs.ts';
import { ROOT } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-package-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 500_000,
  });

/** Packs dist/ as it is: the tests' set-up has just built it. */
const pack = (): { filename: string; files: { path: string }[] } =>
  JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', directory], ROOT))[0];

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  it('pins every version', () => {
    for (const versions of [manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies]) {
      for (const [name, version] of Object.entries(versions))
        expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/);
    }
  });

  it('has each runtime dependency justified in ARCHITECTURE.md', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
      expect(text, name).toMatch(new RegExp(`^- \`?${name}\`?\\b.*\\S`, 'm'));
  });
});

it('imports nothing that an installation lacks', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const known = Object.keys({ ...dependencies, ...optionalDependencies });
  const files = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  expect(files).toContain('cli/main.js');
  const imported = files.flatMap((file) =>
    [
      ...readFileSync(join(ROOT, 'dist', file), 'utf8').matchAll(
        /^(?:import|export)\b.*?\bfrom ?["']([^"'.][^"']*)["']|^import ["']([^"'.][^"']*)["']/gm,
      ),
    ].map((match) => `${file}: ${match[1] ?? match[2]}`),
  );
  expect(imported.length).toBeGreaterThan(50);
  expect(
    imported.filter((line) => {
      const name = line.slice(line.indexOf(': ') + 2);
      return !name.startsWith('node:') && !known.some((one) => name === one || name.startsWith(`${one}/`));
    }),
  ).toEqual([]);
});

describe('npm pack', () => {
  const { files } = pack();
  const paths = files.map((file) => file.path);

  it('holds the built program and its documents, and nothing else', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'LICENSE',
        'ARCHITECTURE.md',
        'CHANGELOG.md',
        'dist/cli/main.js',
        'dist/core/index.js',
        'dist/core/index.d.ts',
        'dist/man/acceptq.1',
      ]),
    );
    expect(
      paths.filter(
        (path) =>
          !/^dist\/(cli|core|ingest|replay)\/.*\.(js|d\.ts)$|^dist\/(cli\/render\/html\/report\.css|man\/acceptq\.1)$/.test(
            path,
          ) && !/^docs\/[\w/-]+\.(md|png)$|^(package\.json|[A-Z]+(\.md)?)$/.test(path),
      ),
    ).toEqual([]);
  });
});

group('installed from its tarball elsewhere', ['slow'], () => {
  it('analyses a capture and can be imported', () => {
    const { filename } = pack();
    writeFileSync(
      join(directory, 'package.json'),
      JSON.stringify({ name: 'elsewhere', private: true, type: 'module', allowScripts: { 'better-sqlite3': true } }),
    );
    npm(['install', join(directory, filename)], directory);
    copyFileSync(perfDataOf('acceptload-overflow'), join(directory, 'perf.data'));
    const ran = spawnSync('npx', ['--no-install', 'acceptq', 'analyze', 'perf.data'], {
      cwd: directory,
      encoding: 'utf8',
    });
    expect(ran.stdout).toMatch(/^CRITICAL: 127\.0\.0\.1:42329 dropped at least 4 connection attempts/);
    expect(ran.status).toBe(0);
    const script =
      "import { openStore, buildReport } from 'acceptq'; console.log(typeof openStore, typeof buildReport)";
    expect(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd: directory,
        encoding: 'utf8',
      }).trim(),
    ).toBe('function function');
  }, 600_000);
});
