use super::*;
use crate::relink::tests::{describe, importing, validate, wat};
use crate::testing::test;
use wasm_encoder::{
    Alias, ComponentOuterAliasKind, ComponentSection, ComponentTypeRef, ComponentTypeSection,
    ComponentValType, InstanceType, TypeBounds,
};
use wasmparser::component_types::ComponentAnyTypeId;

const ALL: &str = r#"(component
    (import "r" (type $r (sub resource)))
    (import "x" (instance $x
        (export "other" (type (sub resource)))
        (type $d' (record (field "seconds" u64) (field "nanoseconds" u32)))
        (export "datetime" (type $d (eq $d')))
        (type $v' (variant (case "a" $d) (case "b") (case "c" (list $d))))
        (export "v" (type $v (eq $v')))
        (type $e' (enum "x" "y"))
        (export "e" (type $e (eq $e')))
        (type $f' (flags "x" "y"))
        (export "f" (type $f (eq $f')))
        (type $own (own 0))
        (export "own" (type (eq $own)))
        (type $t (tuple $v $d (option $e) (result $f (error string)) (map string $d) (list $d 4)
            (stream u8) (future) (future $v) error-context char))
        (export "t" (type (eq $t)))))
    (alias export $x "t" (type $t))
    (alias export $x "datetime" (type $d))
    (alias export $x "own" (type $own))
    (alias export $x "other" (type $other))
    (type $b (borrow $r))
    (type $all (tuple $t $d $b))
    (type $also (tuple $own)))"#;

/// Another root, with a resource at index 0.
struct Root<'a> {
    section: ComponentTypeSection,
    resource: AliasableResourceId,
    defined: Vec<ComponentDefinedType<'a>>,
}

impl<'a> Space<'a> for Root<'a> {
    fn define(&mut self, definition: ComponentDefinedType<'a>) -> u32 {
        encode(definition.clone(), self.section.defined_type());
        self.defined.push(definition);
        self.defined.len() as u32
    }

    fn resource(&mut self, id: AliasableResourceId) -> Option<u32> {
        (id.resource() == self.resource.resource()).then_some(0)
    }
}

fn root(types: TypesRef<'_>) -> Root<'_> {
    let ComponentAnyTypeId::Resource(resource) = types.component_any_type_at(0) else {
        panic!("no resource");
    };
    Root {
        section: ComponentTypeSection::new(),
        resource,
        defined: vec![],
    }
}

#[test]
fn a_type_is_written_out_once_and_means_the_same() {
    let (_, types) = wat(ALL);
    let types = types.as_ref();
    let count = types.component_type_count();
    let all = types.component_defined_type_at(count - 2);
    let mut root = root(types);
    let mut written = WrittenTypes::new(types);
    let index = written.define(all, &mut root).unwrap();
    assert_eq!(written.define(all, &mut root), Ok(index));
    let records = root.defined.iter();
    let records = records.filter(|ty| matches!(ty, ComponentDefinedType::Record(_)));
    assert_eq!(records.count(), 1);

    let mut bytes = wat::parse_str(r#"(component (import "r" (type (sub resource))))"#).unwrap();
    root.section.append_to_component(&mut bytes);
    let other = validate(&bytes);
    let other = other.as_ref();
    assert_eq!(
        describe(
            other,
            &BTreeMap::new(),
            Typed::Type(other.component_defined_type_at(index))
        ),
        describe(types, &BTreeMap::new(), Typed::Type(all))
    );
}

#[test]
fn a_resource_that_is_not_there_is_an_error() {
    let (_, types) = wat(ALL);
    let types = types.as_ref();
    let also = types.component_defined_type_at(types.component_type_count() - 1);
    let mut root = root(types);
    let other = match types.component_any_type_at(5) {
        ComponentAnyTypeId::Resource(id) => id,
        other => panic!("{other:?}"),
    };
    let error = WrittenTypes::new(types)
        .define(also, &mut root)
        .unwrap_err();
    assert_eq!(error.resource(), other.resource());
}

#[test]
fn what_is_written_out_serves_a_kept_import() {
    let (_, types) = wat(ALL);
    let types = types.as_ref();
    let datetime = types.component_defined_type_at(3);
    assert!(needs_one_name(types, datetime));
    assert!(!needs_one_name(types, types.component_defined_type_at(2)));
    let mut root = root(types);
    let index = WrittenTypes::new(types)
        .define(datetime, &mut root)
        .unwrap();
    assert_eq!(index, 1);
    let mut bytes = wat::parse_str(r#"(component (import "r" (type (sub resource))))"#).unwrap();
    root.section.append_to_component(&mut bytes);
    let mut ty = InstanceType::new();
    ty.alias(Alias::Outer {
        kind: ComponentOuterAliasKind::Type,
        count: 1,
        index,
    });
    ty.export("datetime", ComponentTypeRef::Type(TypeBounds::Eq(0)));
    let params: [(&str, ComponentValType); 0] = [];
    let result = ComponentValType::Type(1);
    ty.ty().function().params(params).result(Some(result));
    ty.export("f", ComponentTypeRef::Func(2));
    validate(&importing(&bytes, &ty));
}
