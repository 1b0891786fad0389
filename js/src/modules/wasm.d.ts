/** What esbuild's loader `file` gives for a module: its path relative to the script. */
declare module '*.wasm' {
  const path: string;
  export default path;
}
