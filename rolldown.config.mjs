// What is bundled once tsc has compiled it: the report page's script, and the command line, which starts faster from a few files than from many.
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = resolve(dirname(fileURLToPath(import.meta.url)), 'dist/cli');

/** Code that looks for files beside it goes on to look there, wherever it was bundled into. */
const ownPlace = {
  name: 'own-place',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null;
    const own = `new URL(${JSON.stringify(relative(CLI, id))}, import.meta.url).href`;
    return { code: code.replaceAll('import.meta.url', own), map: null };
  },
};

export default [
  {
    input: 'cli/render/html/client/main.ts',
    output: { file: 'dist/cli/render/html/report.js', format: 'iife', minify: true },
  },
  {
    input: 'dist/cli/main.js',
    platform: 'node',
    external: (id) => !/^[./]/.test(id) && !id.startsWith('@oxc-project/'),
    plugins: [ownPlace],
    output: { dir: 'dist/cli', entryFileNames: 'main.js', chunkFileNames: '[name].chunk.js', format: 'esm' },
  },
];
