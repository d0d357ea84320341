//! A browser with several tabs of one origin, for stories.

use std::collections::{BTreeMap, VecDeque};

use super::story::{Disk, World};
use crate::engine::{Input, TabsSaid, TabsWork};

/// Tabs, and what the browser keeps for all of them: who holds a lock and who waits for it.
pub(super) struct Browser {
    pub(super) tabs: Vec<Option<World>>,
    pub(super) locks: BTreeMap<String, VecDeque<usize>>,
    /// What was said on the channel, by whom.
    pub(super) told: Vec<(usize, String)>,
}

impl Browser {
    /// So many tabs over one disk, each as this makes it.
    pub(super) fn with(count: usize, make: impl Fn() -> World) -> Self {
        let mut browser = Self { tabs: Vec::new(), locks: BTreeMap::new(), told: Vec::new() };
        for _ in 0..count {
            browser.add(make());
        }
        browser
    }

    /// One more tab. What it learned by now it keeps to itself.
    pub(super) fn add(&mut self, mut world: World) {
        let first = self.tabs.iter().flatten().next();
        if let Some(first) = first {
            world.disk = Disk::clone(&first.disk);
            world.records.clone_from(&first.records);
        }
        world.has_other_tabs = true;
        self.tabs.push(Some(world));
    }

    pub(super) fn tab(&mut self, number: usize) -> &mut World {
        self.tabs[number].as_mut().expect("the tab is open")
    }

    /// Does something in a tab, and then whatever follows from it anywhere.
    pub(super) fn within(&mut self, number: usize, act: impl FnOnce(&mut World)) {
        act(self.tab(number));
        self.settle();
    }

    pub(super) fn settle(&mut self) {
        loop {
            let next = self.tabs.iter_mut().enumerate().find_map(|(number, tab)| {
                tab.as_mut().and_then(|tab| tab.tabs_work.pop_front()).map(|work| (number, work))
            });
            let Some((number, work)) = next else { return };
            match work {
                TabsWork::Claim(name) => {
                    let line = self.locks.entry(name.clone()).or_default();
                    line.push_back(number);
                    let said = if line.len() == 1 { TabsSaid::Granted(name) } else { TabsSaid::Taken(name) };
                    self.tab(number).put(Input::Tabs(said));
                }
                TabsWork::Release(name) => self.release(&name, number),
                TabsWork::Publish(bytes) => {
                    self.told.push((number, String::from_utf8_lossy(&bytes).into_owned()));
                    for (other, tab) in self.tabs.iter_mut().enumerate() {
                        if let Some(tab) = tab.as_mut().filter(|_| other != number) {
                            tab.put(Input::Tabs(TabsSaid::Heard(bytes.clone())));
                        }
                    }
                }
            }
        }
    }

    fn release(&mut self, name: &str, number: usize) {
        let Some(line) = self.locks.get_mut(name) else { return };
        let held = line.front() == Some(&number);
        line.retain(|waiting| *waiting != number);
        let next = line.front().copied().filter(|_| held);
        if let Some(next) = next {
            self.tab(next).put(Input::Tabs(TabsSaid::Granted(name.to_owned())));
        }
    }

    /// The browser takes back what a tab held.
    pub(super) fn close(&mut self, number: usize) {
        self.tabs[number] = None;
        let names: Vec<String> = self.locks.keys().cloned().collect();
        for name in names {
            self.release(&name, number);
        }
        self.settle();
    }

    pub(super) fn fetches(&self) -> usize {
        let lines = self.tabs.iter().flatten().flat_map(|tab| &tab.transcript);
        lines.filter(|line| line.contains("fetch")).count()
    }
}
