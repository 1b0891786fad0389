//! The examples at the end of the help.

/// For `-h`.
pub(super) const SHORT: &str = "\
Examples:
  wasi-virt app.wasm -o closed.wasm                       deny everything
  wasi-virt app.wasm --mount /=site --stdio -o out.wasm   embed a folder, keep the streams

`--help` says more.";

/// For `--help`.
pub(super) const LONG: &str = "\
Examples:
  Deny everything; a denied call traps:
    wasi-virt app.wasm -o closed.wasm

  Embed the folder `site` as the component's whole filesystem, keep the standard streams:
    wasi-virt app.wasm --mount /=site --stdio -o app.virt.wasm

  Fix environment and arguments, embed one file, and discard output:
    wasi-virt app.wasm -e LANG=C -e MODE=test --arg app --arg --verbose \\
        --mount /etc/app.toml=test.toml --stdio=ignore -o test.wasm

  Embed a project's folder without links, tests and files that git ignores:
    wasi-virt app.wasm --mount /app=. --ignore-file .gitignore --exclude tests/ \\
        --symlinks=skip -o /tmp/app.virt.wasm

  Allow everything but the network and one secret variable:
    wasi-virt app.wasm --allow-all --allow-sockets=false --allow-http=false \\
        --deny-env=AWS_SECRET_ACCESS_KEY -o offline.wasm

  Return errors instead of traps, and close all imports but one of our own:
    wasi-virt plugin.wasm --deny=error --deny-other --allow-import 'acme:log/*' -o plugin.virt.wasm

  Use the same time and the same random numbers in every run:
    wasi-virt app.wasm --clock start=2024-01-01T00:00:00Z --random seed=1 --stdio -o repeatable.wasm

  Write to a pipe, and report to a program:
    wasi-virt - -o - --quiet <app.wasm >out.wasm
    wasi-virt app.wasm -o out.wasm --json | jq '.\"imports-after\"'

  Make only the adapter, and compose it with a component later:
    wasi-virt --mount /=site --wasi-version 0.2.6 -o virt.wasm
    wac plug app.wasm --plug virt.wasm -o app.virt.wasm

  List what a component imports, and keep the policy in a file:
    wasi-virt inspect app.wasm
    wasi-virt --suggest app.wasm >policy.toml
    wasi-virt app.wasm --policy policy.toml --mount /=site --assert-no-imports -o app.virt.wasm

  Turn flags into such a file:
    wasi-virt --allow-clocks --stdio -e LANG=C --print-policy >policy.toml

Exit codes: 0 done, 1 error, 2 usage error, 70 internal error.";
