import { catalogueDate } from "hkm-mesh";
import { useEffect } from "react";
import { ObservableValue, useObservable } from "../app/observable";

const day = new ObservableValue<string | undefined>(undefined);
let asked = false;

/** The day of the built-in catalogue's data in words; asked for once, and only where something of it is shown. */
export function useCatalogueDay(wanted: boolean): string | undefined {
  useEffect(() => {
    if (!wanted || asked) return;
    asked = true;
    void catalogueDate().then((date) => {
      if (date === undefined) return;
      day.set(new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }));
    });
  }, [wanted]);
  return useObservable(day);
}
