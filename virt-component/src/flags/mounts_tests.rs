use super::*;

#[test]
fn tmpfs_and_its_limits() {
    let t = |guest: &str, size, inodes| Ok(Tmpfs::new(guest).size(size).inodes(inodes));
    let (ten, three) = (Some(Size(10 << 20)), Some(3));
    for (text, expected) in [
        ("/tmp", t("/tmp", None, None)),
        ("/", t("/", None, None)),
        ("tmp", t("tmp", None, None)),
        ("./a:inodes=3", t("./a", None, three)),
        ("/tmp:size=10M", t("/tmp", ten, None)),
        ("/tmp:inodes=3,size=10M", t("/tmp", ten, three)),
        ("guest=/a:b=c,,d,size=10M", t("/a:b=c,d", ten, None)),
    ] {
        assert_eq!(tmpfs(text), expected, "{text}");
    }
    for (bad, why) in [
        ("", "is empty"),
        (":size=1", "is empty"),
        ("/tmp:", "is not a limit"),
        ("/tmp:size=", "64M"),
        ("/tmp:size=x", "64M"),
        ("/tmp:size=1,size=2", "given twice"),
        ("/tmp:inodes=-1", "give a number"),
        ("/tmp:inodes=9223372036854775808", "give a number"),
        ("/tmp:mode=rw", "`mode=rw` is not a limit"),
        ("/tmp:10M", "write the limit as `:size=10M`"),
        ("/tmp:rw", "leave `:rw` out"),
        ("/tmp:ro", "cannot be read-only"),
        (
            "/tmp=10M",
            "with `=` needs the long form, `guest=…,size=…,inodes=…`",
        ),
        ("/tmp,size=10M", "with `,` needs the long form"),
        ("/tmp:size=10M:inodes=3", "separate limits by `,`"),
        ("/a:b:size=10M", "separate limits by `,`"),
        ("guest=/a,sise=1", "`sise=1` is not part of the long form"),
        ("size=1", "needs `guest=`"),
        ("/t\0", "NUL"),
    ] {
        let problem = tmpfs(bad).unwrap_err();
        assert!(problem.contains(why), "{bad}: {problem}");
    }
}

#[test]
fn mounts() {
    let m = |guest: &str, source: &str| Mount::new(guest, source);
    let writable = |guest: &str, source: &str| m(guest, source).mode(FileMode::Rw);
    let limited = writable("/a", "b").size(Some(Size(1024))).inodes(Some(7));
    for (text, expected) in [
        ("/=site", m("/", "site")),
        (".=site", m(".", "site")),
        ("./guest=b", m("./guest", "b")),
        ("/a=b=c", m("/a", "b=c")),
        ("/a=b:ro", m("/a", "b")),
        ("/a=b:rw", writable("/a", "b")),
        ("data=site:rw", writable("data", "site")),
        ("/a=C:\\x", m("/a", "C:\\x")),
        ("/a=C:\\x:rw", writable("/a", "C:\\x")),
        ("/a=b:ro/c", m("/a", "b:ro/c")),
        ("guest=a,source=b", m("a", "b")),
        ("guest=/a,source=b,mode=rw", writable("/a", "b")),
        ("mode=ro,source=b=c:d,guest=/a", m("/a", "b=c:d")),
        ("guest=/a:b,,c=d,source=e,,", m("/a:b,c=d", "e,")),
        ("guest=/a,source=b:ro,mode=rw", writable("/a", "b:ro")),
        ("inodes=7,guest=/a,source=b,mode=rw,size=1K", limited),
    ] {
        assert_eq!(mount(text), Ok(expected), "{text}");
    }
    for (bad, why) in [
        ("/a", "GUEST=SOURCE"),
        ("/a=", "no source"),
        ("/a=:ro", "no source"),
        ("=b", "is empty"),
        ("/a:ro=b", "the mode comes last"),
        ("/a:b=c", "with `:` needs the long form"),
        ("/a,b=c", "with `,` needs the long form"),
        ("/a=b:rx", "`:rx` is not a mode; write `:ro` or `:rw`"),
        ("/a=b:", "`:` is not a mode"),
        ("/a=b:ro:rw", "`:ro` is not a mode"),
        (
            "/a=b:size=1K",
            "limits need the long form, `guest=…,source=…,",
        ),
        ("/a=b:rw,size=1K", "is not a mode"),
        ("/a=b,mode=rw", "need the long form"),
        ("guest=b", "`./…`"),
        ("guest=/a,source=b,mode=x", "can only be `ro` or `rw`"),
        ("guest=/a,source=b:ro", "`mode=ro`"),
        ("guest=/a,source=b,c", "`c` is not part of the long form"),
        ("guest=/a,guest=/b,source=c", "given twice"),
        ("guest=/a,source=c,size=1,size=1", "`size` is given twice"),
        ("guest=/a,source=c,size=x", "`size`: give a number of bytes"),
        ("guest=/a,source=c,inodes=", "`inodes`: give a number"),
        ("source=b", "needs `guest=`"),
        ("guest=/a", "needs `source=`"),
        ("guest=,source=b", "is empty"),
        ("/a\0=b", "NUL"),
    ] {
        let problem = mount(bad).unwrap_err();
        assert!(problem.contains(why), "{bad}: {problem}");
    }
}

#[test]
fn preopens_are_never_open_wider_than_written() {
    let p = |guest: &str, host: &str, mode| Preopen::new(guest, host).mode(mode);
    for (text, expected) in [
        ("/in=/srv/in", p("/in", "/srv/in", FileMode::Rw)),
        ("/in=/srv/in:ro", p("/in", "/srv/in", FileMode::Ro)),
        ("/in=/srv/a:b/c", p("/in", "/srv/a:b/c", FileMode::Rw)),
        (
            "guest=/a:b,host=c:d,mode=ro",
            p("/a:b", "c:d", FileMode::Ro),
        ),
    ] {
        assert_eq!(preopen(text), Ok(expected), "{text}");
    }
    for (bad, why) in [
        ("/in=/srv/in:readonly", "`:readonly` is not a mode"),
        ("/in=/srv/in:size=1", "`:size=1` is not a mode"),
        ("/in:ro=/srv/in", "the mode comes last"),
        ("/in=/srv/in,ro", "need the long form"),
        (
            "guest=/in,host=/srv/in,readonly",
            "is not part of the long form",
        ),
        ("guest=/in,host=/srv/in,mode=r", "can only be"),
        ("guest=/in,host=/srv/in:ro", "`mode=ro`"),
        ("/in", "GUEST=HOST"),
    ] {
        let problem = preopen(bad).unwrap_err();
        assert!(problem.contains(why), "{bad}: {problem}");
    }
}
