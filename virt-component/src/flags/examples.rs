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
  Deny everything; whatever the component tries stops it:
    wasi-virt app.wasm -o closed.wasm

  Embed the folder `site` as the component's whole filesystem, keep the standard streams:
    wasi-virt app.wasm --mount /=site --stdio -o app.virt.wasm

  Fixed environment and arguments, one file, and output that goes nowhere:
    wasi-virt app.wasm -e LANG=C -e MODE=test --arg app --arg --verbose \\
        --mount /etc/app.toml=test.toml --stdio=ignore -o test.wasm

  A project's folder without what git ignores, links and tests:
    wasi-virt app.wasm --mount /app=. --ignore-file .gitignore --exclude tests/ \\
        --symlinks=skip -o /tmp/app.virt.wasm

  Everything but the network, the host's environment without a secret:
    wasi-virt app.wasm --allow-all --allow-sockets=false --allow-http=false \\
        --deny-env=AWS_SECRET_ACCESS_KEY -o offline.wasm

  Errors instead of traps, and no imports left but one of our own:
    wasi-virt plugin.wasm --deny=error --deny-other --allow-import 'acme:log/*' -o plugin.virt.wasm

  The same time and the same random numbers in every run:
    wasi-virt app.wasm --clock start=2024-01-01T00:00:00Z --random seed=1 --stdio -o repeatable.wasm

  In a pipe, with the report for a program:
    wasi-virt - -o - --quiet <app.wasm >out.wasm
    wasi-virt app.wasm -o out.wasm --json | jq '.\"imports-after\"'

  Only the adapter, to be composed with a component later:
    wasi-virt --mount /=site --wasi-version 0.2.6 -o virt.wasm
    wac plug app.wasm --plug virt.wasm -o app.virt.wasm

  See what a component wants before deciding, and keep the decision in a file:
    wasi-virt inspect app.wasm
    wasi-virt --suggest app.wasm >policy.toml
    wasi-virt app.wasm --policy policy.toml --mount /=site --assert-no-imports -o app.virt.wasm

  Turn flags into such a file:
    wasi-virt --allow-clocks --stdio -e LANG=C --print-policy >policy.toml

Exit codes: 0 done, 1 error, 2 usage error, 70 internal error.";
