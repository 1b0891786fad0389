declare module 'virtual:guest-runtime' {
  /** A classic script: the worker that runs a component. */
  const script: string;
  export default script;
}
