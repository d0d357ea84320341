import { Button, NativeSelect } from "@mantine/core";
import type { ModelConfig } from "hkm-mesh";
import { SlidersHorizontal } from "lucide-react";
import { useId, useState } from "react";
import { abilities } from "./abilities";
import { localityNames, providerName } from "./model-facts";
import classes from "./model-filters.module.css";
import { filtersSet, type Order, type Wishes } from "./model-search";

interface Choice {
  value: string;
  label: string;
}

const places: Choice[] = [{ value: "any", label: "Anywhere" }, ...Object.entries(localityNames).map(([value, label]) => ({ value, label }))];
const prices: Choice[] = [
  { value: "any", label: "Any price" },
  { value: "free", label: "Free" },
  { value: "paid", label: "Paid" },
  { value: "unknown", label: "Price unknown" },
];
const abilityChoices: Choice[] = [{ value: "any", label: "Any ability" }, ...abilities];
const orders: { value: Order; label: string }[] = [
  { value: "recommended", label: "Best fit first" },
  { value: "price", label: "Cheapest first" },
  { value: "context", label: "Longest text first" },
  { value: "quality", label: "Quality first" },
  { value: "name", label: "By name" },
];

function Filter<T extends string>({ label, data, value, onChange }: { label: string; data: Choice[]; value: T; onChange: (value: T) => void }) {
  return <NativeSelect size="xs" className={classes.filter} aria-label={label} data={data} value={value} onChange={(event) => onChange(event.currentTarget.value as T)} />;
}

/** What narrows the list and puts it in order. On a narrow screen it waits behind a button. */
export function ModelFilters({ wishes, onChange, models }: { wishes: Wishes; onChange: (part: Partial<Wishes>) => void; models: readonly ModelConfig[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const providers = [...new Set(models.map(({ provider }) => provider))].map((value) => ({ value, label: providerName(value) }));
  const count = filtersSet(wishes);
  return (
    <>
      <div className={classes.toggle}>
        <Button variant="default" size="xs" leftSection={<SlidersHorizontal size={14} aria-hidden />} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          Filter and sort{count > 0 && ` (${count})`}
        </Button>
      </div>
      <div id={id} className={classes.filters} data-open={open || undefined}>
        <Filter label="Where the model runs" data={places} value={wishes.where} onChange={(where) => onChange({ where })} />
        <Filter label="Price" data={prices} value={wishes.price} onChange={(price) => onChange({ price })} />
        <Filter label="Ability" data={abilityChoices} value={wishes.ability} onChange={(ability) => onChange({ ability })} />
        <Filter label="Provider" data={[{ value: "any", label: "Any provider" }, ...providers]} value={wishes.provider} onChange={(provider) => onChange({ provider })} />
        <Filter label="Order" data={orders} value={wishes.order} onChange={(order) => onChange({ order })} />
      </div>
    </>
  );
}
